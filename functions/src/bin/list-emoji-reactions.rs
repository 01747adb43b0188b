//! The Lambda binary of [`functions::list_emoji_reactions`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListEmojiReactions, functions::list_emoji_reactions::HANDLER)
}
