import { requireId, unavailable } from '@agentos/kernel';
import { BigIntScalar, DateTime, Guard } from '@agentos/subgraph-kit';
import { Arg, FieldResolver, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { ComplianceReport, Framework, KeyStatus, ReportFormat } from './compliance.type.js';
import { TenantType } from './identity.type.js';

/** What the contract names and this server can't do yet: it says what is missing rather than pretending. */
const notYet = (message: string) => unavailable(message, { retryable: false });
const noReports = () => notYet('Compliance reports are not there yet: this server has no probes for controls.');
const noKeys = () => notYet('Encryption of stored data is not there yet: this server keeps no encryption keys.');

@Resolver(() => ComplianceReport)
export class ComplianceResolver {
  @Query(() => ComplianceReport, { nullable: true })
  @Guard('security:read')
  complianceReport(@Arg('id', () => ID) id: string): ComplianceReport | null {
    requireId(id, 'report', 'id');
    throw noReports();
  }

  @Mutation(() => ComplianceReport)
  @Guard('security:admin')
  generateComplianceReport(
    @Arg('framework', () => Framework) _framework: Framework,
    @Arg('from', () => DateTime) _from: Date,
    @Arg('to', () => DateTime) _to: Date,
  ): ComplianceReport {
    throw noReports();
  }

  @FieldResolver(() => String)
  download(@Arg('format', () => ReportFormat) _format: ReportFormat): string {
    throw noReports();
  }

  @Mutation(() => String, { description: 'All that is stored about a subject, as one archive.' })
  @Guard('security:admin')
  exportSubjectData(@Arg('subject', () => String) _subject: string): string {
    throw notYet("Exporting a subject's data is not there yet: each domain shows what it holds in its own queries.");
  }

  @Mutation(() => Int, { description: 'Erases all that is stored about a subject.' })
  @Guard('security:admin')
  eraseSubjectData(@Arg('subject', () => String) _subject: string): number {
    throw notYet("Erasing a subject's data is not there yet: delete what is held in each domain by its own mutations.");
  }
}

@Resolver()
export class EncryptionResolver {
  @Query(() => [KeyStatus])
  @Guard('security:read')
  encryptionKeys(): KeyStatus[] {
    throw noKeys();
  }

  @Mutation(() => KeyStatus, {
    description:
      'A new key encrypts from now on; the old records are wrapped anew in the background, with no downtime.',
  })
  @Guard('security:admin')
  rotateEncryptionKey(): KeyStatus {
    throw noKeys();
  }

  @Mutation(() => TenantType)
  @Guard('security:admin')
  setQuota(@Arg('name', () => String) _name: string, @Arg('limit', () => BigIntScalar) _limit: bigint): TenantType {
    throw notYet('Setting quotas is not there yet: this server holds everyone to the same built-in limits.');
  }
}
