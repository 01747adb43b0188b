//! The Lambda binary of [`functions::add_triggers`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::AddTriggers, functions::add_triggers::HANDLER)
}
