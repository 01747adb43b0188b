//! Halley on a laptop: the handlers of the Lambda functions behind a local API Gateway, on an embedded DynamoDB and S3.
//! The tests start the same service.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use aws_credential_types::Credentials;
use lambda_http::Error;
use model::socket_address::SocketAddress;
use serde_json::Value;
use shared::app::App;
use shared::aws::call::Calls;
use shared::config::DEFAULT_DOWNLOAD_URL_SECONDS;
use shared::files::bucket::Media;
use shared::store::{Endpoint, Store};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use embedded::Embedded;
use front::Front;
use server::Manner;
use tls::Tls;
use worker::Workers;

mod arguments;
mod chat;
pub mod cors;
mod credentials;
mod database;
mod docs;
mod dynamodb;
mod embedded;
mod event;
mod filter;
mod folder;
mod front;
mod gateway;
mod guard;
mod objects;
mod options;
mod seed;
mod server;
mod sign_in;
mod signature;
mod sockets;
mod stream;
mod tls;
mod worker;

pub use arguments::Arguments;
pub use docs::OPENAPI_JSON;
pub use embedded::{Data, Elsewhere};
pub use gateway::ANSWERED;
pub use options::{Options, Service, TIME_LIMIT, Wiring};
pub use server::PATIENCE;
pub use sockets::{SocketAnswer, SocketFunction, SocketFunctions, SocketLimits, SocketOptions};
pub use stream::StreamReader;

/// The name of the local table.
pub const TABLE: &str = "halley";

/// Who signed the certificate of the service.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Its own certificate, in PEM.
    pub pem: String,
    /// The file of it; none in memory.
    pub file: Option<std::path::PathBuf>,
}

/// A running service.
pub struct Local {
    /// Where it listens, with the version.
    pub base_url: String,
    /// Where sockets are opened.
    pub socket_url: String,
    /// Whom clients of its TLS have to trust, if it speaks that.
    pub authority: Option<Authority>,
    /// The full-access API key.
    pub api_key: String,
    /// Where its DynamoDB listens, embedded as a rule.
    pub dynamodb_url: String,
    /// Where its S3 listens.
    pub s3_url: String,
    /// The credentials that both take.
    pub credentials: Credentials,
    /// How many requests the embedded S3 has answered.
    pub s3_requests: Arc<AtomicU64>,
    /// What the handlers share; tests look into the table through it.
    pub app: Arc<App>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    /// Taken by the workers when they begin.
    queue: Option<worker::Queue>,
    workers: Option<Workers>,
    /// Dropped last: the handlers need it until they are done.
    embedded: Embedded,
}

impl Local {
    /// Starts the embedded services, creates and seeds what is missing, and listens.
    pub async fn start(mut options: Options) -> Result<Local, Error> {
        let listener = listen(options.port).await?;
        let host = listener.local_addr()?.to_string();
        let data = options.data.clone();
        let embedded = blocking(move || Embedded::start(&data)).await?;

        let (app, queue) = app(&embedded, &host, &mut options).await?;
        let app = Arc::new(app);
        let api_key = seed::api_key(options.api_key.take(), embedded.folder.as_ref())?;
        seed::store_api_key(&app, &api_key).await?;
        seed::people(&app).await?;

        let (acceptor, authority) = match options.tls.then(|| Tls::of(embedded.folder.as_ref())).transpose()? {
            Some(tls) => (Some(tls.acceptor), Some(Authority { pem: tls.authority, file: tls.file })),
            None => (None, None),
        };
        let manner = Manner { patience: options.patience, tls: acceptor };
        let front = Front::new(&app, &host, embedded.credentials.clone(), &mut options)?;
        let (stop, stopped) = oneshot::channel();
        let mut local = Local {
            base_url: format!("http://{host}/v3"),
            socket_url: format!("ws://{host}"),
            authority,
            api_key,
            dynamodb_url: embedded.dynamodb_url.clone(),
            s3_url: embedded.s3_url.clone(),
            credentials: embedded.credentials.clone(),
            s3_requests: embedded.s3_requests.clone(),
            app,
            stop: Some(stop),
            serving: tokio::spawn(front.serve(listener, manner, stopped)),
            queue: Some(queue),
            workers: None,
            embedded,
        };
        if options.works {
            local.work().await?;
        }
        Ok(local)
    }

    /// Lets the functions without routes work from now on, if they did not.
    pub async fn work(&mut self) -> Result<(), Error> {
        if let Some(queue) = self.queue.take() {
            self.workers = Some(Workers::start(&self.app, self.embedded.database.clone(), queue).await?);
        }
        Ok(())
    }

    /// The name of the bucket.
    pub fn bucket(&self) -> &str {
        &self.embedded.bucket
    }

    /// Where the files of the bucket are.
    pub fn bucket_folder(&self) -> std::path::PathBuf {
        self.embedded.objects.join(objects::BUCKET)
    }

    /// Answers what was begun, then stops.
    pub async fn stop(mut self) -> Result<(), Error> {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        (&mut self.serving).await?;
        // What they are at is cut off; the next start goes on with it.
        self.workers.take();
        Ok(())
    }

    /// Carries an operation of DynamoDB out, past the port and its guard: for tests and benches that look into the table
    /// or fill it.
    pub fn dynamodb(&self, operation: &str, request: &Value) -> Result<Value, Error> {
        self.embedded.database.call(operation, request)
    }

    /// Removes items whose time is over, as DynamoDB does when it likes.
    pub fn expire(&self) -> Result<usize, Error> {
        self.embedded.database.expire()
    }

    /// All that the table's stream keeps, oldest first, as the events that Lambda would have handed to a function.
    pub fn stream_events(&self) -> Result<Vec<Value>, Error> {
        self.stream_reader()?.rest()
    }

    /// A reader of the table's stream, before the oldest record that it keeps.
    pub fn stream_reader(&self) -> Result<StreamReader, Error> {
        StreamReader::from_the_oldest(self.embedded.database.clone())
    }

    /// Whether the table's stream was consumed to its end, so that all that was changed has been told.
    pub fn is_told(&self) -> bool {
        let reader = StreamReader::from_the_first_not_consumed(self.embedded.database.clone());
        reader.and_then(|mut reader| reader.next_batch()).is_ok_and(|batch| batch.is_none())
    }

    /// How many asynchronous invocations wait or are at work.
    pub fn n_invocations(&self) -> Result<usize, Error> {
        Ok(self.embedded.database.invocations()?.len())
    }

    /// Hands to `consumer` what was written to the table since this data was last consumed, and then whatever is written,
    /// as Lambda does: in order, up to ten records at a time, the next when this is done, at least once. A batch that it
    /// refuses is handed over three times. Ends only if the stream cannot be read. For one consumer.
    pub fn consume_stream<C, H>(&self, consumer: C) -> impl Future<Output = Result<(), Error>> + use<C, H>
    where
        C: Fn(Value) -> H,
        H: Future<Output = Result<(), Error>>,
    {
        stream::follow(self.embedded.database.clone(), consumer)
    }
}

async fn listen(port: u16) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    listener
        .map_err(|error| format!("Port {port} of 127.0.0.1 cannot be had: {error}. Choose another by --port.").into())
}

/// Does what would keep other work of the service waiting.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    Ok(tokio::task::spawn_blocking(|| work().map_err(|error| error.to_string())).await??)
}

/// The app on the embedded services, and the queue of what it invokes.
async fn app(embedded: &Embedded, host: &str, options: &mut Options) -> Result<(App, worker::Queue), Error> {
    let aws = async |service, url: &str| {
        let endpoint = Endpoint::Local(url.to_owned());
        let config = shared::aws::config_with(&endpoint, Some(embedded.credentials.clone())).await;
        match &options.wiring {
            Some(wiring) => wiring(service, config),
            None => config,
        }
    };
    let turns = options.turns.take();
    let dynamodb = aws(Service::DynamoDb, &embedded.dynamodb_url).await;
    let dynamodb = turns.as_ref().map_or(dynamodb.clone(), |turns| turns.over(&dynamodb));
    let store = Store::on(&dynamodb, TABLE).with_member_limit(options.member_limit);
    store.create_table().await?;
    if embedded.folder.is_some() {
        let database = embedded.database.clone();
        blocking(move || sockets::end_former(&database)).await?;
    }
    let s3 = aws(Service::S3, &embedded.s3_url).await;
    let media = Media::on(s3, &embedded.bucket, DEFAULT_DOWNLOAD_URL_SECONDS);
    let posts = aws(Service::Sockets, &format!("http://{host}")).await;
    let endpoint = posts.endpoint_url().unwrap_or_default().to_owned();
    let posts = shared::gateway::Gateway::new(Calls::new(posts, shared::clock::system), endpoint);
    // The vendor's clients speak TLS only.
    let address = if options.tls { SocketAddress::BesideApi } else { SocketAddress::BehindProxy };
    let failed = embedded.folder.as_ref().map(|folder| folder.path_of(folder::FAILED));
    let (invoker, queue) = worker::queue(&embedded.database, failed)?;
    let app = App::new(store, media, invoker, options.log.clone())
        .with_request_limit(options.request_limit)
        .with_receipt_limit(options.receipt_limit)
        .with_sockets(Some(posts), address)
        .with_presence_grace(options.presence_grace)
        .with_webhooks(std::mem::take(&mut options.webhooks))
        .with_friends_only(options.friends_only)
        .taking_turns(turns.unwrap_or_default());
    Ok((app, queue))
}
