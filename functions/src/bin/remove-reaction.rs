//! The Lambda binary of [`functions::remove_reaction`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::RemoveReaction, functions::remove_reaction::HANDLER)
}
