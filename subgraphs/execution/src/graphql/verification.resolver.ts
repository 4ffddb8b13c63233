import { requireId, unavailable } from '@agentos/kernel';
import { change, Guard } from '@agentos/subgraph-kit';
import { Arg, ID, Mutation, Query, Resolver } from 'type-graphql';
import { VerificationType, VerifyInput } from './verification.type.js';

@Resolver(() => VerificationType)
export class VerificationResolver {
  @Query(() => VerificationType, { nullable: true })
  @Guard('execution:read')
  verification(@Arg('id', () => ID) id: string) {
    requireId(id, 'ver', 'id');
    return null;
  }

  @Mutation(() => VerificationType)
  @Guard('execution:run')
  verify(@Arg('input', () => VerifyInput) _input: VerifyInput) {
    return change(async (): Promise<VerificationType> => {
      throw unavailable('Verification is not served yet; run the cases with execute.', { retryable: false });
    });
  }
}
