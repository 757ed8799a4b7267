-- Every detector of this folder, one a line.
select * from finding_api_gateway_cache
union all
select * from finding_autoscaling_group_idle
union all
select * from finding_cloudtrail_duplicate
union all
select * from finding_commitment_expiring
union all
select * from finding_commitment_unused
union all
select * from finding_dynamodb_idle
union all
select * from finding_dynamodb_overprovisioned
union all
select * from finding_dynamodb_table_class
union all
select * from finding_ebs_gp2
union all
select * from finding_ebs_idle
union all
select * from finding_ebs_io_overprovisioned
union all
select * from finding_ebs_on_stopped_instance
union all
select * from finding_ebs_unattached
union all
select * from finding_ec2_gpu_idle
union all
select * from finding_ec2_idle
union all
select * from finding_ec2_nonproduction_schedule
union all
select * from finding_ec2_oversized
union all
select * from finding_ec2_previous_generation
union all
select * from finding_ec2_stopped
union all
select * from finding_ecs_idle
union all
select * from finding_ecs_oversized
union all
select * from finding_elastic_ip_idle
union all
select * from finding_elasticache_idle
union all
select * from finding_elasticache_oversized
union all
select * from finding_environment_unused
union all
select * from finding_image_unused
union all
select * from finding_kinesis_idle
union all
select * from finding_kinesis_overprovisioned
union all
select * from finding_lambda_errors
union all
select * from finding_lambda_oversized
union all
select * from finding_lambda_x86
union all
select * from finding_load_balancer_idle
union all
select * from finding_load_balancer_without_targets
union all
select * from finding_log_group_no_retention
union all
select * from finding_nat_gateway_idle
union all
select * from finding_opensearch_idle
union all
select * from finding_public_ipv4_idle
union all
select * from finding_rds_backup
union all
select * from finding_rds_extended_support
union all
select * from finding_rds_idle
union all
select * from finding_rds_oversized
union all
select * from finding_rds_previous_generation
union all
select * from finding_rds_provisioned_iops
union all
select * from finding_rds_storage_overprovisioned
union all
select * from finding_redshift_idle
union all
select * from finding_s3_cold
union all
select * from finding_s3_multipart_leftovers
union all
select * from finding_sagemaker_endpoint_idle
union all
select * from finding_savings_plan_purchase
union all
select * from finding_snapshot_stale
union all
select * from finding_vpc_endpoint_idle
