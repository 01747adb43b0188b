//! The Lambda binary of [`functions::add_reaction`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::AddReaction, functions::add_reaction::HANDLER)
}
