//! The embedded DynamoDB: `dynoxide` behind a server of our own, because the one that it brings along answers every web page
//! and takes every signature.

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use dynoxide::DynoxideError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::database::Database;
use crate::guard;
use crate::signature::{self, Signed};

/// DynamoDB's own limit.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
/// What a signature has to cover besides the body.
const COVERED: [&str; 3] = ["host", "x-amz-date", "x-amz-target"];
const NAMESPACE: &str = "com.amazon.coral.service#";

/// The tables, and whose requests are carried out.
#[derive(Clone)]
pub struct Tables {
    database: Database,
    credentials: Arc<Credentials>,
}

impl Tables {
    /// For those who hold `credentials`.
    pub fn new(database: Database, credentials: Credentials) -> Tables {
        Tables { database, credentials: Arc::new(credentials) }
    }

    /// Answers one request, as DynamoDB would.
    pub async fn answer(self, req: Request<Body>) -> Response<Body> {
        let (parts, body) = req.into_parts();
        // DynamoDB has no answers for browsers (CORS), so a page has no business here.
        if parts.headers.contains_key(header::ORIGIN) || !guard::is_local(&parts.headers) {
            return guard::forbidden();
        }
        if parts.method != Method::POST || parts.uri.path() != "/" || parts.uri.query().is_some() {
            return refused(StatusCode::NOT_FOUND, "UnknownOperationException", "DynamoDB takes POST / only.");
        }
        let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
            return refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                "SerializationException",
                "The request is larger than 16 MB.",
            );
        };
        let signed = Signed { method: "POST", path: "/", headers: &parts.headers, body: &body };
        if let Err(unsigned) = signature::check(&signed, &COVERED, &self.credentials, SystemTime::now()) {
            let (name, sentence) = unsigned.told();
            return refused(StatusCode::BAD_REQUEST, name, sentence);
        }
        let Ok(body) = std::str::from_utf8(&body) else {
            return refused(StatusCode::BAD_REQUEST, "SerializationException", "The request is no UTF-8.");
        };
        match self.database.run(operation(&parts.headers), body) {
            Some(Ok(answer)) => answered(StatusCode::OK, answer),
            Some(Err(error)) => {
                let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
                answered(status, error.to_json())
            }
            None => refused(StatusCode::BAD_REQUEST, "UnknownOperationException", "There is no such operation."),
        }
    }
}

/// `PutItem` of `DynamoDB_20120810.PutItem`.
fn operation(headers: &HeaderMap) -> &str {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    target.split_once('.').map(|(_, operation)| operation).unwrap_or_default()
}

/// Carries an operation out; nothing if there is none of this name. For [`Database`], which lets one run at a time.
pub fn run(database: &dynoxide::Database, operation: &str, body: &str) -> Option<dynoxide::Result<String>> {
    macro_rules! operations {
        ($($name:literal => $method:ident,)*) => {
            match operation {
                $($name => Some(read(body).and_then(|request| written(&database.$method(request)?))),)*
                _ => None,
            }
        };
    }
    operations! {
        "CreateTable" => create_table,
        "DeleteTable" => delete_table,
        "DescribeTable" => describe_table,
        "ListTables" => list_tables,
        "UpdateTable" => update_table,
        "PutItem" => put_item,
        "GetItem" => get_item,
        "DeleteItem" => delete_item,
        "UpdateItem" => update_item,
        "Query" => query,
        "Scan" => scan,
        "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item,
        "TransactWriteItems" => transact_write_items,
        "TransactGetItems" => transact_get_items,
        "ListStreams" => list_streams,
        "DescribeStream" => describe_stream,
        "GetShardIterator" => get_shard_iterator,
        "GetRecords" => get_records,
        "UpdateTimeToLive" => update_time_to_live,
        "DescribeTimeToLive" => describe_time_to_live,
        "ExecuteStatement" => execute_statement,
        "ExecuteTransaction" => execute_transaction,
        "BatchExecuteStatement" => batch_execute_statement,
        "TagResource" => tag_resource,
        "UntagResource" => untag_resource,
        "ListTagsOfResource" => list_tags_of_resource,
    }
}

fn read<T: DeserializeOwned>(body: &str) -> dynoxide::Result<T> {
    serde_json::from_str(body).map_err(|error| DynoxideError::SerializationException(error.to_string()))
}

fn written(answer: &impl Serialize) -> dynoxide::Result<String> {
    serde_json::to_string(answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn refused(status: StatusCode, name: &str, sentence: &str) -> Response<Body> {
    answered(status, json!({ "__type": format!("{NAMESPACE}{name}"), "message": sentence }).to_string())
}

fn answered(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(CONTENT_TYPE));
    response
}
