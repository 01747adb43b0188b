//! What a process builds once, before the first event, and every request borrows.

use std::time::Duration;

use crate::aws;
use crate::aws::call::Calls;
use crate::aws::connection_gate::ConnectionGate;
use crate::config::Config;
use crate::files::bucket::Media;
use crate::gateway::Gateway;
use crate::identity::KeyCache;
use crate::invoke::{Invoker, Lambda};
use crate::log::LogSink;
use crate::sockets::grace::{Grace, PRESENCE_GRACE};
use model::event::{Audience, Event, EventKind, Origin};
use model::file::UploadId;
use model::flag_reason::FlagReason;
use model::id::{IdSource, MessageId};
use model::problem::Code;
use model::socket_address::SocketAddress;
use model::time::{Millis, Seconds};

use crate::clock::{self, Clock};
use crate::error::ApiError;
use crate::remembered::Remembered;
use crate::store::Store;
use crate::users::circles::Circles;
use crate::webhooks::WebhookSettings;

/// The process's shared parts.
pub struct App {
    /// The table.
    pub store: Store,
    /// The bucket.
    pub media: Media,
    /// Who does what is to be done later.
    pub invoker: Invoker,
    /// Where request lines go.
    pub log: LogSink,
    /// How many requests one user may make in a minute by auth tokens; without it, any number.
    pub(crate) request_limit: Option<u64>,
    /// Up to how many users online a group keeps and tells receipts of all its members; without it, any number.
    receipt_limit: Option<u64>,
    /// Who holds the open sockets; without it nobody is told anything.
    pub(crate) gateway: Option<Gateway>,
    /// Where clients open theirs.
    pub(crate) socket: SocketAddress,
    /// How long a user whose network went may take to come back before others are told that they are gone.
    pub presence_grace: Grace,
    /// Who is told outside, and how.
    pub webhooks: WebhookSettings,
    /// Whom users reach by their roles.
    pub(crate) circles: Circles,
    pub(crate) keys: KeyCache,
    pub(crate) flag_reasons: Remembered<Vec<FlagReason>>,
    clock: Clock,
    ids: IdSource,
    turns: ConnectionGate,
}

impl App {
    /// An app on this table and bucket.
    pub fn new(store: Store, media: Media, invoker: Invoker, log: LogSink) -> App {
        let clock: Clock = clock::system;
        App {
            store,
            media: media.by(clock),
            invoker,
            log,
            request_limit: None,
            receipt_limit: None,
            gateway: None,
            socket: SocketAddress::Nowhere,
            presence_grace: Grace::of(PRESENCE_GRACE),
            webhooks: WebhookSettings::default(),
            circles: Circles::default(),
            keys: KeyCache::default(),
            flag_reasons: Remembered::default(),
            clock,
            ids: IdSource::default(),
            turns: ConnectionGate::default(),
        }
    }

    /// The app of a deployed function.
    pub async fn from_config(config: &Config) -> App {
        let turns = ConnectionGate::default();
        let aws = aws::of_function().await;
        // Files are too long to wait for each other.
        let media = Media::on(aws.clone(), &config.bucket, config.download_url_seconds);
        let store = Store::on(&turns.over(&aws), &config.table).with_member_limit(config.member_limit);
        let region = aws.region().map_or_else(String::new, |region| region.to_string());
        let calls = Calls::new(aws, clock::system);
        let gateway = config.socket_url.as_ref().map(|url| Gateway::new(calls.clone(), url.endpoint()));
        let socket = config.socket_url.clone().map_or(SocketAddress::Nowhere, SocketAddress::At);
        let webhooks = WebhookSettings::default().called(&config.app_id, &region).asking(config.before_message);
        let invoker = Invoker::Lambda(Box::new(Lambda {
            calls,
            run_job: config.run_job.clone(),
            deliver_webhook: config.deliver_webhook.clone(),
        }));
        App::new(store, media, invoker, crate::log::to_stdout(config.metrics.clone()))
            .taking_turns(turns)
            .with_request_limit(config.request_limit)
            .with_receipt_limit(config.receipt_limit)
            .with_sockets(gateway, socket)
            .with_webhooks(webhooks)
            .with_friends_only(config.friends_only)
    }

    /// The same app, in which groups with more users online keep and tell no receipts of all their members.
    pub fn with_receipt_limit(self, receipt_limit: Option<u64>) -> App {
        App { receipt_limit, ..self }
    }

    /// Whether a group with so many users online, or members, keeps and tells receipts of all its members.
    pub(crate) fn tells_receipts_among(&self, users: u64) -> bool {
        self.receipt_limit.is_none_or(|limit| users <= limit)
    }

    /// The same app, in which roles may limit users to their friends.
    pub fn with_friends_only(self, friends_only: bool) -> App {
        App { circles: Circles::new(friends_only), ..self }
    }

    /// The same app, whose webhooks are told so.
    pub fn with_webhooks(self, webhooks: WebhookSettings) -> App {
        App { webhooks, ..self }
    }

    /// The same app, whose users have sockets at this gateway and find it at this address.
    pub fn with_sockets(self, gateway: Option<Gateway>, socket: SocketAddress) -> App {
        App { gateway, socket, ..self }
    }

    /// The same app, in which a user who is gone may take so long to come back unnoticed.
    pub fn with_presence_grace(self, presence_grace: Duration) -> App {
        App { presence_grace: Grace::of(presence_grace), ..self }
    }

    /// The same app, in which one user may make so many requests in a minute by auth tokens.
    pub fn with_request_limit(self, request_limit: Option<u64>) -> App {
        App { request_limit, ..self }
    }

    /// The same app, whose store takes turns at this gate.
    pub fn taking_turns(self, turns: ConnectionGate) -> App {
        App { turns, ..self }
    }

    /// Whether calls take turns, because this is the first event of the process; see [`ConnectionGate`].
    pub fn takes_turns(&self) -> bool {
        self.turns.takes_turns()
    }

    /// Notes that an event was answered: calls of further ones do not take turns.
    pub fn answered(&self) {
        self.turns.end();
    }

    /// The current second.
    pub fn now(&self) -> Seconds {
        (self.clock)().seconds()
    }

    /// The current millisecond.
    pub fn now_millis(&self) -> Millis {
        (self.clock)()
    }

    /// 128 random bits.
    pub fn random(&self) -> Result<u128, ApiError> {
        Ok(u128::from_be_bytes(self.random_bytes()?))
    }

    /// Random bytes, for what nobody may guess.
    pub fn random_bytes<const N: usize>(&self) -> Result<[u8; N], ApiError> {
        let mut random = [0; N];
        getrandom::fill(&mut random).map_err(|_| ApiError::new(Code::Exception, "The server has no entropy."))?;
        Ok(random)
    }

    /// A new upload id, which nobody guesses.
    pub fn draw_upload_id(&self) -> Result<UploadId, ApiError> {
        Ok(UploadId::new(self.random()?))
    }

    /// An event of this moment.
    pub fn event(&self, origin: &Origin, audience: Audience, kind: EventKind) -> Event {
        Event::new(self.next_id(), origin, audience, kind)
    }

    /// The id of something that happens now.
    pub fn next_id(&self) -> MessageId {
        // Without entropy ids still rise, and the store still refuses a taken one.
        self.ids.draw((self.clock)(), getrandom::u64().unwrap_or_default())
    }

    /// The id of a message sent now into a conversation whose last one is `last`, whichever clock drew that.
    pub fn next_id_after(&self, last: Option<MessageId>) -> MessageId {
        let drawn = self.next_id();
        match last {
            Some(last) if drawn <= last => last.beyond(getrandom::u64().unwrap_or_default()),
            _ => drawn,
        }
    }
}
