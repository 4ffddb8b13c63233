import { Field, InputType } from 'type-graphql';

@InputType()
export class ProjectFileInput {
  @Field(() => String, { description: "Relative to the project's root, with `/` between its parts." })
  path!: string;
  @Field(() => String)
  text!: string;
}

@InputType({ description: 'Exactly one of `gitUrl`, `directory`, `archive` and `files`.' })
export class RegisterProjectInput {
  @Field(() => String)
  name!: string;
  @Field(() => String, { nullable: true })
  description?: string | null;
  @Field(() => String, { nullable: true, description: "A Git URL, or a folder below the service's allowed roots." })
  gitUrl?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'With `gitUrl`: a branch, a tag or a commit; else the default branch.',
  })
  revision?: string | null;
  @Field(() => String, { nullable: true, description: "An absolute path below the service's allowed roots." })
  directory?: string | null;
  @Field(() => String, { nullable: true, description: 'Base64 of a .tar.gz or .zip.' })
  archive?: string | null;
  @Field(() => [ProjectFileInput], { nullable: true })
  files?: ProjectFileInput[] | null;
}

@InputType()
export class ChangeInput {
  @Field(() => String, { nullable: true, description: 'A unified diff.' })
  diff?: string | null;
  @Field(() => [String], { nullable: true })
  files?: string[] | null;
  @Field(() => [String], { nullable: true })
  symbols?: string[] | null;
  @Field(() => String, { nullable: true })
  fromRevision?: string | null;
  @Field(() => String, { nullable: true })
  toRevision?: string | null;
}
