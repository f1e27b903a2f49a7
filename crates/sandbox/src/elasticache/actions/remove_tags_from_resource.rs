//! `RemoveTagsFromResource`.

use super::tagged;
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let arn = tagged::resource(state, params)?;
    // The model gives the items no name of their own (docs/elasticache.md 1.1, S).
    let keys = params.list("TagKeys", "member");
    let tags = state.tags.get(&arn).cloned().unwrap_or_default();
    if let Some(key) = keys.iter().find(|key| !tags.contains_key(*key)) {
        return Err(ApiError::TagNotFound { key: key.clone() });
    }
    tagged::spread(state, &arn, |tags| tags.retain(|key, _| !keys.contains(key)));
    tagged::write(state, &arn, xml);
    Ok(())
}
