//! The Lambda binary of [`add_reaction`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::AddReaction, add_reaction::HANDLER)
}
