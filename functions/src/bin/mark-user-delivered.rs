//! The Lambda binary of [`functions::mark_user_delivered`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkUserDelivered, functions::mark_user_delivered::HANDLER)
}
