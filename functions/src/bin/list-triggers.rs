//! The Lambda binary of [`functions::list_triggers`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListTriggers, functions::list_triggers::HANDLER)
}
