//! The Lambda binary of [`mark_user_delivered`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkUserDelivered, mark_user_delivered::HANDLER)
}
