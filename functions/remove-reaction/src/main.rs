//! The Lambda binary of [`remove_reaction`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::RemoveReaction, remove_reaction::HANDLER)
}
