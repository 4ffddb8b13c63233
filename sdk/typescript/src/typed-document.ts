/**
 * The text of an operation that knows the types of its result and of its variables. The property exists for the type
 * checker only.
 */
export type TypedDocument<TData, TVariables> = string & {
  readonly __apiType?: (variables: TVariables) => TData;
};
