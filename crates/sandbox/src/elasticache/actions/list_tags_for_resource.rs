//! `ListTagsForResource`.

use super::tagged;
use crate::elasticache::state::State;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let arn = tagged::resource(state, params)?;
    tagged::write(state, &arn, xml);
    Ok(())
}
