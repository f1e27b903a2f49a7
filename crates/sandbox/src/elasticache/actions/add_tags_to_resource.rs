//! `AddTagsToResource`.

use super::tagged;
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let arn = tagged::resource(state, params)?;
    let added = params.tags()?.ok_or(ApiError::MissingParameter { name: "Tags" })?;
    let mut tags = state.tags.get(&arn).cloned().unwrap_or_default();
    tags.extend(added.clone());
    check_tag_count(&tags)?;
    tagged::spread(state, &arn, |tags| tags.extend(added.clone()));
    tagged::write(state, &arn, xml);
    Ok(())
}
