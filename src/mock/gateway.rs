//! A protected API below `/api` that answers like Adobe's gateway, for a newcomer's first call.

use serde_json::json;

use super::client::{CLIENT_ID, ORG_ID, TECHNICAL_ACCOUNT_ID};
use super::ims::Ims;
use super::request::{JsonAnswer, Request};

/// `None` if the request is for another endpoint.
pub(super) fn answer(request: &Request, ims: &Ims) -> Option<JsonAnswer> {
    if request.path != "/api" && !request.path.starts_with("/api/") {
        return None;
    }
    let Some(issued) = request.bearer().and_then(|token| ims.find(token)) else {
        return Some((401, json!({"error_code": "401013", "message": "Oauth token is not valid"})));
    };
    if request.header("x-api-key") != Some(CLIENT_ID) {
        return Some((403, json!({"error_code": "403003", "message": "Api Key is invalid"})));
    }
    let whom =
        json!({"client_id": CLIENT_ID, "user_id": TECHNICAL_ACCOUNT_ID, "org_id": ORG_ID, "scope": issued.scope});
    Some((200, json!({"path": request.path, "token_is_for": whom})))
}
