//! The Lambda binary of [`mark_group_delivered`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkGroupDelivered, mark_group_delivered::HANDLER)
}
