//! The Lambda binary of [`functions::notification_preferences`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::NotificationPreferences, functions::notification_preferences::HANDLER)
}
