//! The order of a connection's lanes, as the library keeps it.
//!
//! `SNP_ConfigureLanes` of GameNetworkingSockets 1.6 sorts the lanes by priority and numbers their classes, but leaves the first lane's number as
//! it was. A lane that stood behind others and is then put first keeps pointing to where it was, outside the classes when there are fewer now:
//! the library then writes over its own memory. So the numbers are kept here as well, and a call that would lead there is refused.

/// The class of each lane; lanes that were never configured are in the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lanes(Vec<usize>);

impl Lanes {
    /// How many were configured.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What becomes of them with these priorities, one for each lane; or the lane that cannot come first any more.
    pub fn configured(&self, priorities: &[i32]) -> Result<Self, usize> {
        let mut order: Vec<usize> = (0..priorities.len()).collect();
        order.sort_by_key(|lane| (priorities[*lane], *lane));
        let mut classes = vec![0; priorities.len()];
        for pair in order.windows(2) {
            let behind = usize::from(priorities[pair[0]] < priorities[pair[1]]);
            classes[pair[1]] = classes[pair[0]] + behind;
        }
        match order.first() {
            Some(first) if self.0.get(*first).is_some_and(|class| *class > 0) => Err(*first),
            _ => Ok(Self(classes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_of_one_priority_share_a_class() {
        let lanes = Lanes::default().configured(&[7, 3, 3, 9]).unwrap();
        assert_eq!(lanes.0, [1, 0, 0, 2]);
    }

    #[test]
    fn a_lane_that_stood_behind_others_cannot_be_put_first() {
        let lanes = Lanes::default().configured(&[1, 0]).unwrap();
        assert_eq!(lanes.configured(&[0, 0]), Err(0));
        assert_eq!(lanes.configured(&[2, 1]), Ok(lanes.clone()));
        assert_eq!(lanes.configured(&[2, 1, 3]), Ok(Lanes(vec![1, 0, 2])));
        assert_eq!(lanes.configured(&[]), Ok(Lanes::default()));
    }
}
