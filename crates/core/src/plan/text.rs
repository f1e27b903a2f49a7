//! Names in a plan that AWS has rules for, checked here so that a typing mistake shows before a backup is due.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The longest prefix, in bytes. An object key of an export may have 1,000 characters (docs/elasticache.md 1.4, S), of which
/// cache, plan, slot and file name need up to 200; the rest is shared by two prefixes, the stack's and the plan's.
const PREFIX_BYTES_MAX: usize = 400;

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: {rule}")]
pub struct TextError {
    text: String,
    what: &'static str,
    rule: &'static str,
}

/// A checked text: `$holds` says whether it is one, `$rule` tells people what would be.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $holds:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                if $holds(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(TextError { text: text.to_owned(), what: $what, rule: $rule })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

checked_text!(
    /// The name of an S3 bucket that `ElastiCache` can export to.
    Bucket,
    "bucket name",
    "use 3 to 63 lower-case letters, digits, dots and hyphens, each part starting and ending with a letter or digit",
    is_bucket
);
checked_text!(
    /// What every object key of an export starts with: empty, or ending in a slash.
    Prefix,
    "prefix",
    "end it with `/`, use lower-case letters, digits and `-_.` between slashes, and do not start with `/`",
    is_prefix
);
checked_text!(
    /// An AWS region's code.
    Region,
    "region",
    "write its code, such as `eu-west-1`",
    is_region
);
checked_text!(
    /// A KMS key: its ARN, its id, or an alias.
    KmsKey,
    "KMS key",
    "write its ARN (`arn:aws:kms:eu-west-1:111122223333:key/...`), its id, or `alias/name`",
    is_kms_key
);
checked_text!(
    /// The ARN of an SNS topic.
    TopicArn,
    "SNS topic",
    "write its ARN, such as `arn:aws:sns:eu-west-1:111122223333:backups`",
    is_topic_arn
);

impl Prefix {
    /// No prefix: keys start with what tells backups apart.
    #[must_use]
    pub fn none() -> Self {
        Self(String::new())
    }

    /// This prefix, with another inside it.
    #[must_use]
    pub fn and(&self, inner: &Self) -> Self {
        Self(format!("{self}{inner}"))
    }
}

fn lower_or_digit(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn is_label(label: &str) -> bool {
    let inner = |c: char| lower_or_digit(c) || c == '-';
    label.chars().all(inner) && label.starts_with(lower_or_digit) && label.ends_with(lower_or_digit)
}

fn is_bucket(text: &str) -> bool {
    let address = text.split('.').count() == 4 && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    (3..=63).contains(&text.len()) && text.split('.').all(is_label) && !address
}

fn is_prefix(text: &str) -> bool {
    let part = |part: &str| {
        let safe = |c: char| lower_or_digit(c) || matches!(c, '-' | '_' | '.');
        !part.is_empty() && part.chars().all(safe) && !part.chars().all(|c| c == '.')
    };
    let inside = |text: &str| text.split('/').all(part);
    text.is_empty() || (text.len() <= PREFIX_BYTES_MAX && text.strip_suffix('/').is_some_and(inside))
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let words = |parts: &[&str]| {
        parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase()))
    };
    match parts.split_last() {
        Some((number, names)) if names.len() >= 2 => {
            !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) && words(names)
        }
        _ => false,
    }
}

fn is_kms_key(text: &str) -> bool {
    let resource = |text: &str| is_kms_alias(text) || text.strip_prefix("key/").is_some_and(is_kms_id);
    is_kms_alias(text) || is_kms_id(text) || arn_resource(text, "kms").is_some_and(resource)
}

fn is_kms_alias(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    text.strip_prefix("alias/").is_some_and(|name| !name.is_empty() && name.chars().all(plain))
}

/// A UUID, or `mrk-` and 32 digits for a key of several regions.
fn is_kms_id(text: &str) -> bool {
    let digits =
        |text: &str, length: usize| text.len() == length && text.chars().all(|c| c.is_ascii_hexdigit());
    let uuid: Vec<&str> = text.split('-').collect();
    let is_uuid =
        uuid.len() == 5 && uuid.iter().zip([8, 4, 4, 4, 12]).all(|(part, length)| digits(part, length));
    is_uuid || text.strip_prefix("mrk-").is_some_and(|rest| digits(rest, 32))
}

fn is_topic_arn(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    arn_resource(text, "sns").is_some_and(|name| !name.is_empty() && name.chars().all(plain))
}

/// The last part of an ARN of this service with a region and an account.
fn arn_resource<'a>(text: &'a str, service: &str) -> Option<&'a str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, of, region, account, resource] = parts[..] else { return None };
    let account_holds = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
    let holds = arn == "arn" && partition.starts_with("aws") && of == service && is_region(region);
    (holds && account_holds).then_some(resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: FromStr>(good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(text.parse::<T>().is_ok(), "{text} should be taken");
        }
        for text in bad {
            assert!(text.parse::<T>().is_err(), "{text} should be refused");
        }
    }

    #[test]
    fn bucket_names_follow_the_rules_for_exports() {
        check::<Bucket>(
            &["dr-bucket", "a.b-c.9", "abc"],
            &["ab", "Upper", "under_score", "-a-b", "a-b-", "a..b", "192.168.1.1", "a.-b", &"x".repeat(64)],
        );
    }

    #[test]
    fn prefixes_are_empty_or_end_in_a_slash() {
        check::<Prefix>(
            &["", "redis/", "a/b_c/d.e/"],
            &["redis", "/redis/", "/", "a//b/", "Redis/", "../", "a b/"],
        );
        assert_eq!(Prefix::none(), "".parse().unwrap());
    }

    #[test]
    fn regions_are_codes() {
        check::<Region>(
            &["eu-west-1", "us-gov-east-1", "ap-southeast-4"],
            &["Ireland", "eu-west", "eu-1", "eu-west-", ""],
        );
    }

    #[test]
    fn kms_keys_are_arns_ids_or_aliases() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/{id}");
        let multi = "mrk-1234abcd12ab34cd56ef1234567890ab";
        check::<KmsKey>(
            &[id, &arn, multi, "alias/backups", "arn:aws-cn:kms:cn-north-1:111122223333:alias/x"],
            &["my-key", "alias/", "arn:aws:s3:::bucket", "arn:aws:kms:eu-west-1:1:key/x"],
        );
    }

    #[test]
    fn topics_are_arns() {
        check::<TopicArn>(
            &["arn:aws:sns:eu-west-1:111122223333:backups"],
            &["backups", "arn:aws:sqs:eu-west-1:111122223333:backups", "arn:aws:sns:eu-west-1:111122223333:"],
        );
    }
}
