//! How much is done before the place is noted: one thing at first, then twice as much each time. A run that is cut off soon has
//! kept about half of what it did, however long each thing takes, and a long one writes many together.

use model::uid::Uid;

/// The sizes of the parts of a walk.
#[derive(Debug)]
pub struct Parts {
    next: usize,
    most: usize,
}

impl Parts {
    /// Of a walk that begins now, so many things at the most.
    pub fn up_to(most: usize) -> Parts {
        Parts { next: 1, most }
    }

    /// These in parts, in their order.
    pub fn of<T>(&mut self, items: Vec<T>) -> Vec<Vec<T>> {
        let (mut parts, mut items) = (Vec::new(), items.into_iter());
        loop {
            let part: Vec<T> = items.by_ref().take(self.next).collect();
            if part.is_empty() {
                return parts;
            }
            parts.push(part);
            self.next = (self.next * 2).min(self.most);
        }
    }
}

/// The parts of a list of users that come after `place`: where each begins, who is in it, and the place behind it.
pub fn walk(users: &[Uid], place: Option<&str>) -> Vec<(usize, Vec<Uid>, String)> {
    const MOST: usize = 64;
    let begin = place.map_or(0, |place| users.partition_point(|uid| uid.as_str() <= place));
    let left = users.get(begin..).unwrap_or_default().to_vec();
    let parts = Parts::up_to(MOST).of(left).into_iter().scan(begin, |n_before, part| {
        let begin = *n_before;
        *n_before += part.len();
        Some((begin, part))
    });
    let with_place = |(n, part): (usize, Vec<Uid>)| {
        let place = part.last()?.to_string();
        Some((n, part, place))
    };
    parts.filter_map(with_place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_up_to_a_size_over_all_pages() {
        let mut parts = Parts::up_to(4);
        assert_eq!(parts.of(vec![1, 2, 3, 4]), [vec![1], vec![2, 3], vec![4]]);
        assert_eq!(parts.of(vec![5, 6, 7, 8, 9]), [vec![5, 6, 7, 8], vec![9]]);
        assert!(parts.of(Vec::<u8>::new()).is_empty());
    }

    #[test]
    fn a_walk_goes_on_behind_its_place() {
        let users: Vec<Uid> =
            ["ash", "birch", "cedar", "elm"].into_iter().filter_map(|uid| Uid::parse(uid).ok()).collect();
        let walked: Vec<_> =
            walk(&users, Some("ash")).into_iter().map(|(n, part, place)| (n, part.len(), place)).collect();
        assert_eq!(walked, [(1, 1, "birch".to_owned()), (2, 2, "elm".to_owned())]);
    }
}
