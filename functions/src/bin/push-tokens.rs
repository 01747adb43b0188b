//! The Lambda binary of [`functions::push_tokens`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::PushTokens, functions::push_tokens::HANDLER)
}
