import { JSONScalar } from '@agentos/subgraph-kit';
import { Field, InputType } from 'type-graphql';

@InputType()
export class InstallPluginInput {
  @Field(() => JSONScalar, {
    description: 'The manifest: name, version, kind, permissions, hooks, JSON Schema of input and settings.',
  })
  manifest!: unknown;
  @Field(() => String, { nullable: true, description: 'Source of a FUNCTION plugin.' })
  code?: string | null;
  @Field(() => String, { nullable: true, description: 'Where a SUBGRAPH plugin listens.' })
  url?: string | null;
  @Field(() => JSONScalar, { nullable: true })
  settings?: unknown;
}
