//! The Lambda binary of [`list_emoji_reactions`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListEmojiReactions, list_emoji_reactions::HANDLER)
}
