import { requireId } from '@agentos/kernel';
import { Guard } from '@agentos/subgraph-kit';
import { Arg, FieldResolver, Float, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { ExperimentType, RecordOutcomeInput, StartExperimentInput, VariantAssignmentType } from './experiment.type.js';
import { notServed } from './not-served.js';
import { CreateStudyInput, StudyType, TrialType } from './study.type.js';

/** There are no experiments yet: looking one up finds none, and what would start or use one refuses. */
@Resolver()
export class ExperimentResolver {
  @Query(() => ExperimentType, { nullable: true })
  @Guard('learning:read')
  experiment(@Arg('id', () => ID) id: string): ExperimentType | null {
    requireId(id, 'exp', 'id');
    return null;
  }

  @Query(() => VariantAssignmentType)
  @Guard('learning:read')
  variant(
    @Arg('experimentId', () => ID) experimentId: string,
    @Arg('unit', () => String) _unit: string,
  ): VariantAssignmentType {
    requireId(experimentId, 'exp', 'experimentId');
    throw notServed('experiments');
  }

  @Mutation(() => ExperimentType)
  @Guard('learning:write')
  startExperiment(@Arg('input', () => StartExperimentInput) _input: StartExperimentInput): ExperimentType {
    throw notServed('experiments');
  }

  @Mutation(() => Boolean)
  @Guard('learning:write')
  recordOutcome(@Arg('input', () => RecordOutcomeInput) input: RecordOutcomeInput): boolean {
    requireId(input.experimentId, 'exp', 'input.experimentId');
    throw notServed('experiments');
  }

  @Mutation(() => ExperimentType)
  @Guard('learning:write')
  stopExperiment(@Arg('id', () => ID) id: string): ExperimentType {
    requireId(id, 'exp', 'id');
    throw notServed('experiments');
  }
}

/** The same for studies. */
@Resolver(() => StudyType)
export class StudyResolver {
  @Query(() => StudyType, { nullable: true })
  @Guard('learning:read')
  study(@Arg('id', () => ID) id: string): StudyType | null {
    requireId(id, 'study', 'id');
    return null;
  }

  @Mutation(() => StudyType)
  @Guard('learning:write')
  createStudy(@Arg('input', () => CreateStudyInput) _input: CreateStudyInput): StudyType {
    throw notServed('studies');
  }

  @Mutation(() => TrialType)
  @Guard('learning:write')
  suggestTrial(@Arg('studyId', () => ID) studyId: string): TrialType {
    requireId(studyId, 'study', 'studyId');
    throw notServed('studies');
  }

  @Mutation(() => TrialType)
  @Guard('learning:write')
  reportTrial(
    @Arg('studyId', () => ID) studyId: string,
    @Arg('number', () => Int) _number: number,
    @Arg('value', () => Float, { nullable: true }) _value: number | null | undefined,
  ): TrialType {
    requireId(studyId, 'study', 'studyId');
    throw notServed('studies');
  }

  @FieldResolver(() => [TrialType])
  trials(@Arg('first', () => Int, { nullable: true, defaultValue: 50 }) _first: number | null): TrialType[] {
    throw notServed('studies');
  }
}
