//! Makes the bucket for exports where SAM does not, and completes one that an earlier try left half made.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLocationConstraint,
    BucketVersioningStatus, CreateBucketConfiguration, EventBridgeConfiguration, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
    NotificationConfiguration, ObjectOwnership, PublicAccessBlockConfiguration, VersioningConfiguration,
};
use serde_json::{Value, json};

use super::{Bucket, Unusable, check};
use crate::clients::{Clients, Region};
use crate::error::{AwsError, OrAws as _};

/// After how many days S3 takes away the parts of an upload that never ended. ElastiCache's exports take hours at most.
const UNFINISHED_DAYS: i32 = 7;

/// How many days a deleted or replaced object can still be brought back, as an older version. It is billed as long, so the
/// template's default is as short.
const UNDELETE_DAYS: i32 = 3;

/// The region whose name must not be given when a bucket is made: it is S3's default.
const UNNAMED_REGION: &str = "us-east-1";

/// What was done to a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ensured {
    /// Whether it was made just now.
    pub created: bool,
    /// The settings that were missing and have been made, in words for people.
    pub set: Vec<&'static str>,
}

/// Makes the bucket if it does not exist, and each setting that it lacks. What somebody has set is left as it is, so this is
/// harmless on a bucket in use.
///
/// # Errors
/// [`Unusable`] when the bucket is elsewhere or somebody else's, or when S3 refuses.
pub async fn ensure(clients: &Clients, bucket: &Bucket) -> Result<Ensured, Unusable> {
    let created = match check(clients, bucket).await {
        Ok(()) => false,
        Err(Unusable::Missing { .. }) => {
            create(clients, bucket).await.map_err(|source| failed(bucket, source))?;
            true
        }
        Err(unusable) => return Err(unusable),
    };
    let settings = Settings { client: bucket.client(clients), name: bucket.name() };
    let region = bucket.region.clone().or_else(|| clients.region());
    let set = settings.complete(region.as_ref()).await.map_err(|source| failed(bucket, source))?;
    Ok(Ensured { created, set })
}

fn failed(bucket: &Bucket, source: AwsError) -> Unusable {
    Unusable::Unasked { bucket: bucket.name().to_owned(), source }
}

async fn create(clients: &Clients, bucket: &Bucket) -> Result<(), AwsError> {
    let region = bucket.region.clone().or_else(|| clients.region());
    let place = region.filter(|region| region.as_str() != UNNAMED_REGION).map(|region| {
        let constraint = BucketLocationConstraint::from(region.as_str());
        CreateBucketConfiguration::builder().location_constraint(constraint).build()
    });
    let request = bucket
        .client(clients)
        .create_bucket()
        .bucket(bucket.name())
        .set_create_bucket_configuration(place)
        // No ACLs: the exports belong to the bucket's owner, whoever writes them (docs/elasticache.md 5, S).
        .object_ownership(ObjectOwnership::BucketOwnerEnforced);
    request.send().await.or_aws("CreateBucket")?;
    Ok(())
}

/// Whether a setting had to be made.
type Made = Result<bool, AwsError>;

struct Settings<'a> {
    client: Client,
    name: &'a str,
}

impl Settings<'_> {
    /// Server-side encryption (SSE-S3) needs no call: every bucket has had it by default since 2023, and ElastiCache cannot
    /// export to customer keys (docs/elasticache.md 4, S).
    async fn complete(&self, region: Option<&Region>) -> Result<Vec<&'static str>, AwsError> {
        let made = [
            ("public access blocked", self.block_public_access().await?),
            ("versions kept", self.keep_versions().await?),
            ("unfinished uploads and old versions expire", self.expire().await?),
            ("events go to EventBridge", self.announce().await?),
            ("ElastiCache may export, TLS only", self.permit(region).await?),
        ];
        Ok(made.into_iter().filter(|(_, made)| *made).map(|(setting, _)| setting).collect())
    }

    async fn block_public_access(&self) -> Made {
        let current = self.client.get_public_access_block().bucket(self.name).send().await;
        if exists(current.or_aws("GetPublicAccessBlock"))?.is_some() {
            return Ok(false);
        }
        let all = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        let request =
            self.client.put_public_access_block().bucket(self.name).public_access_block_configuration(all);
        request.send().await.or_aws("PutPublicAccessBlock")?;
        Ok(true)
    }

    async fn keep_versions(&self) -> Made {
        let current = self
            .client
            .get_bucket_versioning()
            .bucket(self.name)
            .send()
            .await
            .or_aws("GetBucketVersioning")?;
        if current.status().is_some() {
            return Ok(false);
        }
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let request = self.client.put_bucket_versioning().bucket(self.name).versioning_configuration(enabled);
        request.send().await.or_aws("PutBucketVersioning")?;
        Ok(true)
    }

    async fn expire(&self) -> Made {
        const OPERATION: &str = "PutBucketLifecycleConfiguration";
        let current = self.client.get_bucket_lifecycle_configuration().bucket(self.name).send().await;
        if exists(current.or_aws("GetBucketLifecycleConfiguration"))?.is_some() {
            return Ok(false);
        }
        let malformed =
            |error: aws_sdk_s3::error::BuildError| AwsError::refused(OPERATION, error.to_string());
        let unfinished =
            AbortIncompleteMultipartUpload::builder().days_after_initiation(UNFINISHED_DAYS).build();
        let old = NoncurrentVersionExpiration::builder().noncurrent_days(UNDELETE_DAYS).build();
        // Markers of deletions with nothing left behind them.
        let markers = LifecycleExpiration::builder().expired_object_delete_marker(true).build();
        let rule = LifecycleRule::builder()
            .id("cachekeep")
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix("").build())
            .abort_incomplete_multipart_upload(unfinished)
            .noncurrent_version_expiration(old)
            .expiration(markers)
            .build()
            .map_err(malformed)?;
        let rules = BucketLifecycleConfiguration::builder().rules(rule).build().map_err(malformed)?;
        let request =
            self.client.put_bucket_lifecycle_configuration().bucket(self.name).lifecycle_configuration(rules);
        request.send().await.or_aws(OPERATION)?;
        Ok(true)
    }

    async fn announce(&self) -> Made {
        let request = self.client.get_bucket_notification_configuration().bucket(self.name);
        let current = request.send().await.or_aws("GetBucketNotificationConfiguration")?;
        if current.event_bridge_configuration().is_some() {
            return Ok(false);
        }
        let request = self.client.put_bucket_notification_configuration().bucket(self.name);
        let request = request.notification_configuration(with_eventbridge(current));
        request.send().await.or_aws("PutBucketNotificationConfiguration")?;
        Ok(true)
    }

    async fn permit(&self, region: Option<&Region>) -> Made {
        let current = self.client.get_bucket_policy().bucket(self.name).send().await;
        let (None, Some(region)) = (exists(current.or_aws("GetBucketPolicy"))?, region) else {
            return Ok(false);
        };
        let request =
            self.client.put_bucket_policy().bucket(self.name).policy(policy(self.name, region).to_string());
        request.send().await.or_aws("PutBucketPolicy")?;
        Ok(true)
    }
}

/// S3 answers a missing setting with an error whose code names the setting (`NoSuchLifecycleConfiguration`, ...), which is
/// of the class of missing things.
pub(super) fn exists<T>(answer: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match answer {
        Ok(setting) => Ok(Some(setting)),
        Err(error) if error.class() == crate::Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The call replaces the whole configuration, so what others have set goes along.
fn with_eventbridge(current: GetBucketNotificationConfigurationOutput) -> NotificationConfiguration {
    NotificationConfiguration::builder()
        .set_topic_configurations(current.topic_configurations)
        .set_queue_configurations(current.queue_configurations)
        .set_lambda_function_configurations(current.lambda_function_configurations)
        .event_bridge_configuration(EventBridgeConfiguration::builder().build())
        .build()
}

/// What ElastiCache needs to export (docs/elasticache.md 5, S), and nothing for anybody without TLS. Whether conditions on
/// the source account hold for ElastiCache is not known (U), so there are none.
fn policy(bucket: &str, region: &Region) -> Value {
    let arn = format!("arn:{}:s3:::{bucket}", partition(region));
    let resources = json!([arn, format!("{arn}/*")]);
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ElastiCacheExports",
                "Effect": "Allow",
                "Principal": { "Service": format!("{region}.elasticache-snapshot.amazonaws.com") },
                "Action": [
                    "s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:GetBucketAcl",
                    "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads"
                ],
                "Resource": resources
            },
            {
                "Sid": "OnlyWithTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": resources,
                "Condition": { "Bool": { "aws:SecureTransport": "false" } }
            }
        ]
    })
}

fn partition(region: &Region) -> &'static str {
    let name = region.as_str();
    if name.starts_with("cn-") {
        "aws-cn"
    } else if name.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}
