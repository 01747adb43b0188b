//! The embedded S3: `s3s` on a folder, and what it lacks of the bucket that the template describes: the answers to
//! browsers (CORS) and the rule that removes what was uploaded and never attached.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use lambda_http::Error;
use model::upload::KEPT_SECONDS;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;

use crate::server::Manner;
use crate::{guard, server};
use shared::log::say;

/// The bucket of the local service.
pub const BUCKET: &str = "halley";
/// Where clients upload to, inside the bucket's folder.
const UPLOADS: &str = "uploads";
/// How often the rule of the bucket is applied.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// The service and its folder.
#[derive(Clone)]
pub struct Objects {
    s3: S3Service,
    uploads: PathBuf,
    requests: Arc<AtomicU64>,
}

impl Objects {
    /// S3 with the bucket [`BUCKET`] on `folder`, for what is signed with `credentials`.
    pub fn open(folder: &Path, credentials: &Credentials) -> Result<Objects, Error> {
        // A bucket is a folder.
        let bucket = folder.join(BUCKET);
        fs::create_dir_all(&bucket)?;
        let files = s3s_fs::FileSystem::new(folder).map_err(|error| format!("{error:?}"))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(credentials.access_key_id(), credentials.secret_access_key()));
        Ok(Objects { s3: service.build(), uploads: bucket.join(UPLOADS), requests: Arc::default() })
    }

    /// How many requests were answered so far.
    pub fn requests(&self) -> Arc<AtomicU64> {
        self.requests.clone()
    }

    /// Answers until `stopped`.
    pub async fn serve(self, listener: TcpListener, stopped: impl Future<Output = ()> + Send + 'static) {
        let sweeping = tokio::spawn(sweep_regularly(self.uploads.clone()));
        server::serve(listener, Manner::plain(), stopped, move |req| answer(self.clone(), req)).await;
        sweeping.abort();
    }
}

/// Web pages may ask, as the bucket's CORS rules let them: they reach what a signed URL opens and nothing else.
async fn answer(objects: Objects, req: Request<Body>) -> Response<Body> {
    if !guard::is_local(req.headers()) {
        return guard::forbidden();
    }
    objects.requests.fetch_add(1, Ordering::Relaxed);
    let mut response = if req.method() == Method::OPTIONS {
        preflight(&req)
    } else {
        match objects.s3.call(req.map(s3s::Body::http_body_unsync)).await {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                say(format_args!("the embedded S3 failed: {error:?}"));
                status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag"));
    response
}

/// What a bucket with CORS rules answers before a browser uploads: methods, and the headers that were asked for.
fn preflight(req: &Request<Body>) -> Response<Body> {
    let mut response = status(StatusCode::OK);
    let mut allow = |name: HeaderName, value| response.headers_mut().insert(name, value);
    allow(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, PUT, POST"));
    allow(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3000"));
    if let Some(asked) = req.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        allow(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

async fn sweep_regularly(uploads: PathBuf) {
    loop {
        if let Err(error) = sweep(&uploads, SystemTime::now()) {
            say(format_args!("old uploads were not removed: {error}"));
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

/// Removes uploads that are older than a day.
fn sweep(uploads: &Path, now: SystemTime) -> io::Result<()> {
    let entries = match fs::read_dir(uploads) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let age = now.duration_since(entry.metadata()?.modified()?).unwrap_or_default();
        if Duration::from_secs(KEPT_SECONDS) < age {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
