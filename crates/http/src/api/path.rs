//! The id in a path. What is no id is no record's, and absent.

use super::{Operation, Problem, Takes};
use crate::Web;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use opbx_kernel::RecordId;
use serde_json::json;

/// `{id}` of the path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id(pub(crate) RecordId);

impl FromRequestParts<Web> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let absent = || Problem::absent("Record");
        let Path(text) = Path::<String>::from_request_parts(parts, web).await.map_err(|_| absent())?;
        let id = text.parse::<i64>().map_err(|_| absent())?;
        RecordId::new(id).map(Self).map_err(|_| absent())
    }
}

impl Takes for Id {
    fn describe(operation: &mut Operation) {
        operation.path_parameter(
            "id",
            &json!({"type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991_i64}),
        );
    }
}
