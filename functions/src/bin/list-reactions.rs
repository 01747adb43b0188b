//! The Lambda binary of [`functions::list_reactions`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListReactions, functions::list_reactions::HANDLER)
}
