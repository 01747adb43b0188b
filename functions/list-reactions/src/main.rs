//! The Lambda binary of [`list_reactions`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListReactions, list_reactions::HANDLER)
}
