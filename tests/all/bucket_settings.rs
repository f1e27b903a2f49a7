//! A bucket of somebody's own whose settings do not go with exports: told before anything is begun, and by the failed export.

use cachekeep_aws::bucket::{self, Unfit};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::CacheSpec;
use http::Method;

use crate::stage::{lab, operate, owner_asks};

/// Sets one setting of the stack's bucket.
async fn set(lab: &Lab, setting: &str, document: &str) {
    let path = format!("/{}?{setting}", lab.context.bucket.name());
    owner_asks(lab, (Method::PUT, "s3", &path), &[], document.to_owned()).await;
}

async fn encrypt_with_kms(lab: &Lab) {
    let document = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
                    <SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
                    </ServerSideEncryptionConfiguration>";
    set(lab, "encryption", document).await;
}

async fn unfit(lab: &Lab) -> Vec<Unfit> {
    bucket::unfit(&lab.context.clients, &lab.context.bucket).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_bucket_under_a_key_by_default_is_told_of_beforehand_and_by_the_export_that_fails() {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    assert_eq!(unfit(&lab).await, [], "as init makes it");
    encrypt_with_kms(&lab).await;
    let [told] = &unfit(&lab).await[..] else { panic!("one thing is wrong") };
    assert!(matches!(told, Unfit::KmsByDefault { .. }));
    assert!(told.to_string().contains("set its default encryption to SSE-S3"), "{told}");
    operate(&lab, 3 * 60).await;
    let inbox = lab.sandbox.sns().inbox(&lab.topic);
    let failed = inbox
        .iter()
        .find(|message| message.subject.as_deref().is_some_and(|subject| subject.contains("export")));
    let text = failed.unwrap().text_for("email");
    assert!(text.contains("set the bucket's default encryption to SSE-S3"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_whose_own_rules_keep_old_versions_for_ever_is_told_of() {
    let lab = lab(vec![]).await;
    let rule = |more: &str| {
        format!(
            "<LifecycleConfiguration><Rule><ID>mine</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter>{more}</Rule>\
             </LifecycleConfiguration>"
        )
    };
    let expire = "<Expiration><Days>400</Days></Expiration>";
    set(&lab, "lifecycle", &rule(expire)).await;
    let told = unfit(&lab).await;
    assert!(matches!(&told[..], [Unfit::KeepsVersions { .. }]), "{told:?}");
    assert!(told[0].to_string().contains("billed for ever"));
    // What somebody set is left as it is, so saying so is all that can be done.
    let ensured = bucket::ensure(&lab.context.clients, &lab.context.bucket).await.unwrap();
    assert_eq!(ensured.set, Vec::<&str>::new());
    let versions =
        "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration>";
    set(&lab, "lifecycle", &rule(versions)).await;
    assert_eq!(unfit(&lab).await, []);
}
