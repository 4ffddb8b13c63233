import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum RiskLevelEnum {
  LOW = 'LOW',
  MEDIUM = 'MEDIUM',
  HIGH = 'HIGH',
  CRITICAL = 'CRITICAL',
}
registerEnumType(RiskLevelEnum, { name: 'RiskLevel' });

@ObjectType('ImpactedItem')
export class ImpactedItemType {
  @Field(() => String)
  path!: string;
  @Field(() => String, { nullable: true })
  symbol?: string | null;
  @Field(() => Int)
  distance!: number;
  @Field(() => Float, {
    description: 'Chance that it must change too, from the graph and from what changed together before.',
  })
  probability!: number;
  @Field(() => [String])
  via!: string[];
}

@ObjectType('ImpactReport')
export class ImpactReportType {
  @Field(() => [ImpactedItemType])
  changed!: ImpactedItemType[];
  @Field(() => [ImpactedItemType])
  impacted!: ImpactedItemType[];
  @Field(() => [ImpactedItemType], { description: 'Tests worth running for this change, most telling first.' })
  tests!: ImpactedItemType[];
  @Field(() => RiskLevelEnum)
  risk!: RiskLevelEnum;
  @Field(() => Float)
  riskScore!: number;
  @Field(() => [String])
  reasons!: string[];
  @Field(() => [String])
  owners!: string[];
}
