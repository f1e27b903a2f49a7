//! Tags in bulk: one page of the tagging API for a hundred resources, instead of one call for each.
//!
//! ElastiCache's own `ListTagsForResource` fails while a cache is `snapshotting` (docs/elasticache.md 2, S); this does not.

use std::collections::BTreeMap;

use aws_sdk_resourcegroupstagging::operation::get_resources::builders::GetResourcesFluentBuilder;
use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, Tag, TagFilter};
use cachekeep_core::cache::Tags;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::pacer::{Effect, Pacer};
use crate::pages::{self, Page};

/// The most that `GetResources` gives in one page.
const PAGE: i32 = 100;

/// Tags by ARN. A resource without tags may be absent.
pub(crate) type TagsByArn = BTreeMap<String, Tags>;

/// The tags of every cache in the region.
pub(crate) async fn of_caches(clients: &Clients, pacer: &Pacer) -> Result<TagsByArn, AwsError> {
    let request = clients
        .tagging
        .get_resources()
        .resource_type_filters("elasticache:replicationgroup")
        .resource_type_filters("elasticache:cluster")
        .resource_type_filters("elasticache:serverlesscache")
        .resources_per_page(PAGE);
    read(pacer, &request).await
}

/// The tags of one resource; none if it has none.
pub(crate) async fn of_one(clients: &Clients, pacer: &Pacer, arn: &str) -> Result<Tags, AwsError> {
    let mut found = read(pacer, &clients.tagging.get_resources().resource_arn_list(arn)).await?;
    Ok(found.remove(arn).unwrap_or_default())
}

/// The tags of everything that carries this tag. No filter by type: what the tagging API calls a serverless snapshot is
/// not documented, so the ARNs decide.
pub(crate) async fn with_tag(
    clients: &Clients,
    pacer: &Pacer,
    key: &str,
    value: &str,
) -> Result<TagsByArn, AwsError> {
    let filter = TagFilter::builder().key(key).values(value).build();
    read(pacer, &clients.tagging.get_resources().tag_filters(filter).resources_per_page(PAGE)).await
}

async fn read(pacer: &Pacer, request: &GetResourcesFluentBuilder) -> Result<TagsByArn, AwsError> {
    const OPERATION: &str = "GetResources";
    let resources = pages::all(OPERATION, |token| {
        let request = request.clone().set_pagination_token(token);
        async move {
            let answer = pacer.run(OPERATION, Effect::Reads, || request.clone().send()).await?;
            Ok(Page {
                items: answer.resource_tag_mapping_list.unwrap_or_default(),
                next: answer.pagination_token,
            })
        }
    });
    Ok(resources.await?.into_iter().filter_map(by_arn).collect())
}

fn by_arn(resource: ResourceTagMapping) -> Option<(String, Tags)> {
    let tags = resource.tags.unwrap_or_default();
    Some((resource.resource_arn?, tags.into_iter().map(|Tag { key, value, .. }| (key, value)).collect()))
}
