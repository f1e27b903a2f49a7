//! A stack that is set up wrongly says so, with the next step, and leaves nothing half done.

use cachekeep_aws::Region;
use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::ledger::Ledger;
use cachekeep_core::backup::Status;
use cachekeep_core::job::Job;
use cachekeep_engine::Context;
use cachekeep_lab::Lab;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::fault::{Fault, Rule};

use crate::stage::{backups, is_mark, lab, operate, state};

async fn single() -> Lab {
    lab(vec![CacheSpec::single_node("single")]).await
}

/// The same stack with its exports going to a bucket of this name.
fn exporting_to(lab: &Lab, bucket: &str) -> Lab {
    let context = Context { bucket: Bucket::here(bucket), ..lab.context.clone() };
    Lab { context, ..lab.clone() }
}

/// After an hour with this bucket: the snapshot is there and kept, the export failed, nothing lies in the bucket, and the
/// one message says these words.
async fn refused(lab: &Lab, bucket: &str, next_step: &str) {
    let lab = exporting_to(lab, bucket);
    operate(&lab, 75).await;
    assert_eq!(backups(&lab).await[0].status(), Status::Failed);
    assert_eq!(state(&lab).await.snapshots.len(), 1, "the snapshot is the only copy, and stays");
    let copies = lab.sandbox.s3().keys(bucket).into_iter().filter(|key| !is_mark(key));
    assert_eq!(copies.count(), 0);
    let inbox = lab.sandbox.sns().inbox(&lab.topic);
    let told = inbox.iter().filter(|message| message.message.contains(next_step));
    assert_eq!(told.count(), 1, "{inbox:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_in_another_region_is_told_with_what_to_do() {
    let lab = single().await;
    let elsewhere = Bucket::in_region("exports-eu", Region::new("eu-west-1"));
    bucket::ensure(&lab.context.clients, &elsewhere).await.unwrap();
    refused(&lab, "exports-eu", "exports need a bucket in the caches' own region").await;
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_does_not_exist_is_told_with_what_to_do() {
    let lab = single().await;
    refused(&lab, "exports-nowhere", "`cachekeep init`").await;
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_lets_elasticache_not_in_is_told_with_what_to_do() {
    let lab = single().await;
    lab.sandbox.faults().inject(Rule::new(ServiceName::S3, "PutBucketPolicy", Fault::AccessDenied));
    let half_made = bucket::ensure(&lab.context.clients, &Bucket::here("exports-closed")).await;
    assert!(half_made.is_err(), "the bucket is made and its policy is not");
    refused(&lab, "exports-closed", "elasticache-snapshot.amazonaws.com in the bucket policy").await;
}

#[tokio::test(start_paused = true)]
async fn without_its_table_no_pass_of_any_job_does_anything() {
    let lab = single().await;
    let ledger = Ledger::new(&lab.context.clients, "nobodys-table");
    let lost = Lab { context: Context { ledger, ..lab.context.clone() }, ..lab.clone() };
    crate::stage::wait(&lab, 15).await;
    for job in Job::ALL {
        let error = lost.pass(job).await.unwrap_err();
        let mut said = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            said.push_str(&error.to_string());
            cause = error.source();
        }
        assert!(said.contains("the ledger's table does not exist here"), "{job}: {said}");
    }
    assert_eq!(lab.sandbox.elasticache().snapshots().len(), 0);
    lab.pass(Job::Snapshot).await.unwrap();
    assert_eq!(lab.sandbox.elasticache().snapshots().len(), 1, "with the table, the slot was due");
}
