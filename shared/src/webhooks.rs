//! Who outside is told what happens: webhooks and bots (contract/webhooks.md).
//!
//! Whoever hears the table's stream looks which of them want an event, and hands each over to `deliver-webhook`, which
//! looks up what is told and posts it. So nobody waits for anybody outside, and what one of them does not take keeps
//! nothing from the others.

mod announce;
pub mod before;
mod bots;
mod call;
mod groups;
mod known;
pub mod manage;
mod payload;
mod presence;
mod push;
mod push_payload;

use std::time::Duration;

use crate::config::{BeforeMessage, DEFAULT_APP_ID};
use crate::outside::Outside;
use crate::remembered::Remembered;
pub use announce::announce;
pub use call::deliver;
use model::bot::Bot;
use model::outside::Reach;
use model::webhook::Webhook;

/// How long a webhook may take to answer (contract/webhooks.md, "Delivery").
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait before what was not taken is sent again, where that was asked for.
pub const PAUSES: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];

/// How those outside are told.
#[derive(Debug)]
pub struct WebhookSettings {
    /// Whether they are asked before a message is stored.
    pub before_message: BeforeMessage,
    known: Remembered<Vec<Webhook>>,
    known_bots: Remembered<Vec<Bot>>,
    outside: Outside,
    patience: Duration,
    pauses: [Duration; 2],
    app_id: String,
    region: String,
}

impl Default for WebhookSettings {
    fn default() -> WebhookSettings {
        WebhookSettings {
            before_message: BeforeMessage::Off,
            known: Remembered::default(),
            known_bots: Remembered::default(),
            outside: Outside::new(Reach::Public),
            patience: PATIENCE,
            pauses: PAUSES,
            app_id: DEFAULT_APP_ID.to_owned(),
            region: "local".to_owned(),
        }
    }
}

impl WebhookSettings {
    /// What they are told that the app and its region are called.
    #[must_use]
    pub fn called(self, app_id: &str, region: &str) -> WebhookSettings {
        WebhookSettings { app_id: app_id.to_owned(), region: region.to_owned(), ..self }
    }

    /// Whether they are asked before a message is stored.
    #[must_use]
    pub fn asking(self, before_message: BeforeMessage) -> WebhookSettings {
        WebhookSettings { before_message, ..self }
    }

    /// Which addresses are called.
    #[must_use]
    pub fn reaching(self, reach: Reach) -> WebhookSettings {
        WebhookSettings { outside: Outside::new(reach), ..self }
    }

    /// How long they may take, and how long is waited before each further try.
    #[must_use]
    pub fn waiting(self, patience: Duration, pauses: [Duration; 2]) -> WebhookSettings {
        WebhookSettings { patience, pauses, ..self }
    }

    /// Looks at them anew when they are asked for next: this process has changed one.
    pub(crate) fn forget(&self) {
        self.known.forget();
        self.known_bots.forget();
    }

    /// Which addresses are called.
    pub fn reach(&self) -> Reach {
        self.outside.reach()
    }
}
