//! `CopySnapshot` to a bucket (sections 2, 4, 5 and 10).

use super::{available, status};
use crate::support::{
    BUCKET, GRANTED, bucket, client, directory, grant, object, pass, pass_work, refusal, s3, s3_as, sandbox,
    sandbox_with, start,
};
use aws_sdk_elasticache::operation::copy_snapshot::CopySnapshotOutput;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::switches::{
    DataTieringCode, ExportChecksum, ExportNumbering, ExportQuota, KmsBucket, SecondExport,
};
use cachekeep_sandbox::elasticache::{CacheSpec, Durations, Span, Switches};
use cachekeep_sandbox::fault::{Fault, Rule};
use cachekeep_sandbox::{Config, Sandbox};
use chrono::TimeDelta;

/// A sandbox with a single node's snapshot `s` and a bucket.
async fn ready(switches: Switches) -> Sandbox {
    let sandbox = sandbox_with(switches);
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    available(&sandbox, "lone", "s").await;
    bucket(&sandbox).await;
    sandbox
}

type Outcome<T> = Result<
    T,
    aws_sdk_elasticache::error::SdkError<aws_sdk_elasticache::operation::copy_snapshot::CopySnapshotError>,
>;

async fn export(sandbox: &Sandbox, target: &str) -> Outcome<CopySnapshotOutput> {
    export_to(sandbox, target, BUCKET).await
}

async fn export_to(sandbox: &Sandbox, target: &str, bucket: &str) -> Outcome<CopySnapshotOutput> {
    let request = client(sandbox).copy_snapshot().source_snapshot_name("s");
    request.target_snapshot_name(target).target_bucket(bucket).send().await
}

#[tokio::test(start_paused = true)]
async fn an_export_writes_one_real_file_and_no_snapshot() {
    let sandbox = ready(Switches::default()).await;
    let reply = export(&sandbox, "redis/Target").await.unwrap().snapshot.unwrap();
    assert_eq!((reply.snapshot_name(), reply.snapshot_status()), (Some("s"), Some("exporting")));
    let client = client(&sandbox);
    assert_eq!(status(&client, "s").await, "exporting");
    assert_eq!(refusal(client.delete_snapshot().snapshot_name("s").send().await).0, "InvalidSnapshotState");
    pass_work(&sandbox).await;
    assert_eq!(status(&client, "s").await, "available");
    assert_eq!(sandbox.s3().keys(BUCKET), ["redis/target-0001.rdb"]);
    assert!(object(&sandbox, "redis/target-0001.rdb").await.starts_with(b"REDIS0010"));
    assert_eq!(sandbox.elasticache().snapshots().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_export_of_a_cme_group_writes_a_file_for_each_shard_one_after_the_other() {
    for export_numbering in [ExportNumbering::NodeGroupId, ExportNumbering::Ordinal] {
        let switches = Switches { export_numbering, ..Switches::default() };
        let export = Span::exactly(TimeDelta::minutes(9));
        let durations = Durations { export, ..Durations::default() };
        let sandbox =
            Sandbox::new(Config { switches, durations, ..Config::new(start(), directory()) }).unwrap();
        sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 3, 0));
        bucket(&sandbox).await;
        let client = client(&sandbox);
        client.create_snapshot().replication_group_id("carts").snapshot_name("s").send().await.unwrap();
        pass_work(&sandbox).await;
        self::export(&sandbox, "t").await.unwrap();
        pass(&sandbox, TimeDelta::minutes(4)).await;
        assert_eq!(sandbox.s3().keys(BUCKET), ["t-0001.rdb"]);
        assert_eq!(status(&client, "s").await, "exporting");
        pass(&sandbox, TimeDelta::minutes(5)).await;
        assert_eq!(sandbox.s3().keys(BUCKET), ["t-0001.rdb", "t-0002.rdb", "t-0003.rdb"]);
        assert_eq!(status(&client, "s").await, "available");
        assert_ne!(object(&sandbox, "t-0001.rdb").await, object(&sandbox, "t-0002.rdb").await);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_bucket_lacks_is_said_in_awss_words() {
    let sandbox = ready(Switches::default()).await;
    for (missing, word) in
        [("s3:GetObject", "READ"), ("s3:PutObject", "WRITE"), ("s3:GetBucketAcl", "READ_ACP")]
    {
        let rest: Vec<_> = GRANTED.into_iter().filter(|action| *action != missing).collect();
        grant(&sandbox, &rest).await;
        let words = format!("ElastiCache has not been granted {word} permissions backups on the S3 Bucket.");
        assert_eq!(refusal(export(&sandbox, "t").await), ("InvalidParameterValue".into(), words));
    }
    assert_eq!(status(&client(&sandbox), "s").await, "available");
}

#[tokio::test(start_paused = true)]
async fn the_bucket_must_exist_here_and_be_ours() {
    let sandbox = ready(Switches::default()).await;
    let elsewhere = s3_as(&sandbox, "tester", "eu-west-1");
    let place = BucketLocationConstraint::EuWest1;
    let place = CreateBucketConfiguration::builder().location_constraint(place).build();
    elsewhere.create_bucket().bucket("far").create_bucket_configuration(place).send().await.unwrap();
    s3_as(&sandbox, "999999999999", "us-east-1").create_bucket().bucket("theirs").send().await.unwrap();
    for (bucket, words) in [
        ("nowhere", "The S3 bucket nowhere does not exist."),
        ("far", "The S3 bucket far is outside of the region."),
        ("theirs", "The S3 bucket theirs is not owned by the authenticated user."),
        ("Not_DNS", "The S3 bucket name Not_DNS is not DNS-compliant."),
    ] {
        let refused = refusal(export_to(&sandbox, "t", bucket).await);
        assert_eq!(refused, ("InvalidParameterValue".into(), words.into()));
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_already_there_is_not_overwritten() {
    let sandbox = ready(Switches::default()).await;
    export(&sandbox, "t").await.unwrap();
    pass_work(&sandbox).await;
    let words = "The S3 bucket backups already contains an object with key t-0001.rdb.";
    assert_eq!(refusal(export(&sandbox, "t").await), ("InvalidParameterValue".into(), words.into()));
}

#[tokio::test(start_paused = true)]
async fn a_second_export_at_once_is_refused_or_runs_too() {
    for (second_export, accepted) in [(SecondExport::Refused, false), (SecondExport::Allowed, true)] {
        let sandbox = ready(Switches { second_export, ..Switches::default() }).await;
        export(&sandbox, "a").await.unwrap();
        let second = export(&sandbox, "b").await;
        assert_eq!(second.is_ok(), accepted);
        assert!(accepted || refusal(second).0 == "InvalidSnapshotState");
        pass_work(&sandbox).await;
        assert_eq!(status(&client(&sandbox), "s").await, "available");
        assert_eq!(sandbox.s3().keys(BUCKET).len(), if accepted { 2 } else { 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn the_reply_shows_the_source_and_there_is_no_entry_of_the_target() {
    let sandbox = ready(Switches::default()).await;
    let reply = export(&sandbox, "t").await.unwrap().snapshot.unwrap();
    assert_eq!((reply.snapshot_name(), reply.snapshot_status()), (Some("s"), Some("exporting")));
    assert_eq!(status(&client(&sandbox), "t").await, "gone");
    assert_eq!(status(&client(&sandbox), "s").await, "exporting");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_with_a_kms_key_is_refused_or_written() {
    for (kms_bucket, accepted) in [(KmsBucket::Refused, false), (KmsBucket::Written, true)] {
        let sandbox = ready(Switches { kms_bucket, ..Switches::default() }).await;
        let kms = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKms);
        let rule =
            ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(kms.build().unwrap());
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule.build()).build().unwrap();
        let request = s3(&sandbox).put_bucket_encryption().bucket(BUCKET);
        request.server_side_encryption_configuration(rules).send().await.unwrap();
        let made = export(&sandbox, "t").await;
        assert_eq!(made.is_ok(), accepted);
        assert!(accepted || refusal(made).1.contains("customer managed key"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_trailer_holds_the_checksum_or_zero() {
    for (export_checksum, zero) in [(ExportChecksum::Written, false), (ExportChecksum::Zero, true)] {
        let sandbox = ready(Switches { export_checksum, ..Switches::default() }).await;
        export(&sandbox, "t").await.unwrap();
        pass_work(&sandbox).await;
        let file = object(&sandbox, "t-0001.rdb").await;
        assert_eq!(file.ends_with(&[0; 8]), zero);
    }
}

#[tokio::test(start_paused = true)]
async fn exports_count_against_the_quota_only_by_the_switch() {
    for (export_quota, charges) in [(ExportQuota::Free, 1), (ExportQuota::Charged, 2)] {
        let sandbox = ready(Switches { export_quota, ..Switches::default() }).await;
        export(&sandbox, "t").await.unwrap();
        assert_eq!(sandbox.elasticache().charges("lone").len(), charges);
    }
}

#[tokio::test(start_paused = true)]
async fn data_tiering_is_snapshotted_and_not_exported() {
    for (data_tiering_code, code) in [
        (DataTieringCode::Combination, "InvalidParameterCombination"),
        (DataTieringCode::Value, "InvalidParameterValue"),
    ] {
        let sandbox = sandbox_with(Switches { data_tiering_code, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::data_tiering_group("warm", 1));
        available(&sandbox, "warm-002", "s").await;
        bucket(&sandbox).await;
        assert_eq!(refusal(export(&sandbox, "t").await).0, code);
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_cannot_be_given_and_the_source_must_be_available() {
    let sandbox = ready(Switches::default()).await;
    let client = client(&sandbox);
    let request =
        client.copy_snapshot().source_snapshot_name("s").target_snapshot_name("t").target_bucket(BUCKET);
    assert_eq!(refusal(request.kms_key_id("k").send().await).0, "InvalidParameterCombination");
    client.delete_snapshot().snapshot_name("s").send().await.unwrap();
    assert_eq!(refusal(export(&sandbox, "t").await).0, "InvalidSnapshotState");
    pass_work(&sandbox).await;
    assert_eq!(refusal(export(&sandbox, "t").await).0, "SnapshotNotFoundFault");
}

#[tokio::test(start_paused = true)]
async fn an_export_can_hang_for_good() {
    let sandbox = ready(Switches::default()).await;
    sandbox.faults().inject(Rule::new(ServiceName::ElastiCache, "CopySnapshot", Fault::ExportNeverFinishes));
    export(&sandbox, "t").await.unwrap();
    pass(&sandbox, TimeDelta::days(2)).await;
    assert_eq!(status(&client(&sandbox), "s").await, "exporting");
    assert!(sandbox.s3().keys(BUCKET).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_goes_while_the_export_runs_leaves_no_object() {
    let sandbox = ready(Switches::default()).await;
    export(&sandbox, "t").await.unwrap();
    s3(&sandbox).delete_bucket_policy().bucket(BUCKET).send().await.unwrap();
    pass_work(&sandbox).await;
    assert_eq!(status(&client(&sandbox), "s").await, "available");
    assert!(sandbox.s3().keys(BUCKET).is_empty());
}

#[tokio::test(start_paused = true)]
async fn each_engine_exports_files_of_its_own_format() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 0));
    bucket(&sandbox).await;
    available(&sandbox, "orders-001", "s").await;
    export(&sandbox, "t").await.unwrap();
    pass_work(&sandbox).await;
    assert!(object(&sandbox, "t-0001.rdb").await.starts_with(b"REDIS0011"));
}
