//! GitLab's API of merge requests, as far as its documentation names it. What that does not know is refused, where
//! GitLab would let it pass in silence.

use std::collections::BTreeMap;

use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use url::form_urlencoded;

use super::merge_request::MergeRequest;
use super::{Served, lock};

/// The number of the only project.
const PROJECT: &str = "12";

type Fields = BTreeMap<String, String>;
type Refusal = (StatusCode, String);

impl Served {
    pub(super) fn merge_request(&self, head: &Parts, path: &str, body: &[u8]) -> Response {
        match self.try_merge_request(head, path, body) {
            Ok(response) => response,
            Err((status, message)) => {
                (status, format!("{}\n", serde_json::json!({ "message": message }))).into_response()
            }
        }
    }

    fn try_merge_request(
        &self,
        head: &Parts,
        path: &str,
        body: &[u8],
    ) -> Result<Response, Refusal> {
        let not_found = || (StatusCode::NOT_FOUND, "404 Not Found".to_owned());
        let place = path
            .strip_prefix(&format!("projects/{PROJECT}/merge_requests"))
            .ok_or_else(not_found)?;
        let mut all = lock(&self.merge_requests);
        match (&head.method, place.strip_prefix('/')) {
            (&Method::GET, None) if place.is_empty() => {
                let query = head.uri.query().unwrap_or_default().as_bytes();
                let wanted = fields(query, &["state", "source_branch", "target_branch"])?;
                let matches = |name: &str, value: &str| {
                    wanted.get(name).is_none_or(|wanted| wanted == value || wanted == "all")
                };
                let found: Vec<&MergeRequest> = all
                    .iter()
                    .rev()
                    .filter(|one| matches("state", &one.state))
                    .filter(|one| matches("source_branch", &one.source_branch))
                    .filter(|one| matches("target_branch", &one.target_branch))
                    .collect();
                Ok(json(StatusCode::OK, &found))
            }
            (&Method::POST, None) if place.is_empty() => {
                let known = ["source_branch", "target_branch", "title", "description"];
                let given = form(head, body, &[&known[..], &["remove_source_branch"]].concat())?;
                for name in &known[..3] {
                    if !given.contains_key(*name) {
                        return Err((StatusCode::BAD_REQUEST, format!("{name} is missing")));
                    }
                }
                let source = &given["source_branch"];
                let is_rival =
                    |one: &&MergeRequest| one.state == "opened" && one.source_branch == *source;
                if let Some(rival) = all.iter().find(is_rival) {
                    let message = format!(
                        "Another open merge request already exists for this source branch: !{}",
                        rival.iid
                    );
                    return Err((StatusCode::CONFLICT, message));
                }
                let made =
                    MergeRequest::open(&mut all, source, &given["target_branch"], &given["title"]);
                change(made, &given);
                Ok(json(StatusCode::CREATED, made))
            }
            (&Method::PUT, Some(iid)) => {
                let given = form(head, body, &["title", "description"])?;
                let one = all.iter_mut().find(|one| one.iid.to_string() == iid);
                let one = one.ok_or_else(not_found)?;
                change(one, &given);
                Ok(json(StatusCode::OK, one))
            }
            _ => Err((StatusCode::METHOD_NOT_ALLOWED, "405 Not Allowed".to_owned())),
        }
    }
}

fn change(one: &mut MergeRequest, given: &Fields) {
    if let Some(title) = given.get("title") {
        one.title.clone_from(title);
    }
    if let Some(description) = given.get("description") {
        one.description.clone_from(description);
    }
    if let Some(remove) = given.get("remove_source_branch") {
        one.should_remove_source_branch = remove == "true";
    }
}

fn form(head: &Parts, body: &[u8], known: &[&str]) -> Result<Fields, Refusal> {
    let kind = head.headers.get(header::CONTENT_TYPE).map(header::HeaderValue::as_bytes);
    if kind != Some(b"application/x-www-form-urlencoded") {
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body is not a form".to_owned()));
    }
    fields(body, known)
}

fn fields(encoded: &[u8], known: &[&str]) -> Result<Fields, Refusal> {
    let fields: Fields = form_urlencoded::parse(encoded).into_owned().collect();
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err((StatusCode::BAD_REQUEST, format!("{name} is not documented"))),
        None => Ok(fields),
    }
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let text = serde_json::to_string(value).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
