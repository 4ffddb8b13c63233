import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum GraphLevelEnum {
  SYMBOL = 'SYMBOL',
  FILE = 'FILE',
  PACKAGE = 'PACKAGE',
}
registerEnumType(GraphLevelEnum, { name: 'GraphLevel' });

export enum GraphFormatEnum {
  MERMAID = 'MERMAID',
  DOT = 'DOT',
  JSON_GRAPH = 'JSON_GRAPH',
}
registerEnumType(GraphFormatEnum, { name: 'GraphFormat' });

export enum NodeKindEnum {
  FILE = 'FILE',
  PACKAGE = 'PACKAGE',
  CLASS = 'CLASS',
  INTERFACE = 'INTERFACE',
  FUNCTION = 'FUNCTION',
  METHOD = 'METHOD',
  VARIABLE = 'VARIABLE',
  TYPE = 'TYPE',
  MODULE = 'MODULE',
}
registerEnumType(NodeKindEnum, { name: 'NodeKind' });

export enum EdgeKindEnum {
  IMPORTS = 'IMPORTS',
  CALLS = 'CALLS',
  EXTENDS = 'EXTENDS',
  IMPLEMENTS = 'IMPLEMENTS',
  REFERENCES = 'REFERENCES',
  CO_CHANGES = 'CO_CHANGES',
}
registerEnumType(EdgeKindEnum, { name: 'EdgeKind' });

@ObjectType('GraphNode')
export class GraphNodeType {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => String, { nullable: true })
  path?: string | null;
  @Field(() => NodeKindEnum)
  kind!: NodeKindEnum;
  @Field(() => String, { nullable: true })
  language?: string | null;
  @Field(() => Boolean)
  external!: boolean;
  @Field(() => Int)
  fanIn!: number;
  @Field(() => Int)
  fanOut!: number;
  @Field(() => Float)
  rank!: number;
}

@ObjectType('GraphEdge')
export class GraphEdgeType {
  @Field(() => ID)
  from!: string;
  @Field(() => ID)
  to!: string;
  @Field(() => EdgeKindEnum)
  kind!: EdgeKindEnum;
  @Field(() => Int)
  weight!: number;
  @Field(() => Int, { nullable: true })
  line?: number | null;
}

@ObjectType('DependencyGraph')
export class DependencyGraphType {
  @Field(() => [GraphNodeType])
  nodes!: GraphNodeType[];
  @Field(() => [GraphEdgeType])
  edges!: GraphEdgeType[];
  @Field(() => [[String]])
  cycles!: string[][];
  @Field(() => Int, { description: 'Nodes left out because `first` was reached.' })
  omitted!: number;
}

@ObjectType('Symbol')
export class SymbolType {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => NodeKindEnum)
  kind!: NodeKindEnum;
  @Field(() => String)
  path!: string;
  @Field(() => Int)
  startLine!: number;
  @Field(() => Int)
  endLine!: number;
  @Field(() => String)
  signature!: string;
  @Field(() => String, { nullable: true })
  documentation?: string | null;
  @Field(() => Boolean)
  exported!: boolean;
}

@ObjectType('RepositoryMap', {
  description: 'The most important signatures of a code base for a question, in as many tokens as there are.',
})
export class RepositoryMapType {
  @Field(() => String)
  text!: string;
  @Field(() => Int)
  tokenCount!: number;
  @Field(() => Int)
  files!: number;
  @Field(() => Int)
  symbols!: number;
}
