//! The Lambda binary of [`functions::remove_triggers`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::RemoveTriggers, functions::remove_triggers::HANDLER)
}
