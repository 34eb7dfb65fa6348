//! What the cluster has agreed on (finalized features), as its brokers tell it with their versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use kconnect_wire::messages::ApiVersionsResponse;

/// The features that a cluster has finalized, as of one epoch. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features {
    /// `None` before a broker told anything.
    epoch: Option<i64>,
    levels: Arc<BTreeMap<String, i16>>,
}

impl Features {
    /// As a broker tells them; nothing when it does not know or is too old to say.
    pub(crate) fn told_by(response: &ApiVersionsResponse) -> Self {
        let epoch = Some(response.finalized_features_epoch).filter(|epoch| *epoch >= 0);
        let levels = response
            .finalized_features
            .iter()
            .map(|feature| (feature.name.clone(), feature.max_version_level));
        let levels = if epoch.is_some() { levels.collect() } else { BTreeMap::new() };
        Self { epoch, levels: Arc::new(levels) }
    }

    /// Takes what is newer (W14): brokers that lag behind tell an older epoch.
    pub(crate) fn update(&mut self, told: &Self) {
        if told.epoch > self.epoch {
            self.clone_from(told);
        }
    }

    /// The epoch in which the features were finalized last, `None` when no broker told.
    pub fn epoch(&self) -> Option<i64> {
        self.epoch
    }

    /// The level at which a feature is finalized; `None` when it is not, which is level 0.
    pub fn level(&self, name: &str) -> Option<i16> {
        self.levels.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use kconnect_wire::messages::FinalizedFeatureKey;

    use super::*;

    fn told(epoch: i64, level: i16) -> Features {
        let feature = FinalizedFeatureKey {
            name: "transaction.version".into(),
            max_version_level: level,
            min_version_level: level,
            ..Default::default()
        };
        Features::told_by(&ApiVersionsResponse {
            finalized_features_epoch: epoch,
            finalized_features: vec![feature],
            ..Default::default()
        })
    }

    #[test]
    fn w14_of_two_answers_the_one_of_the_higher_epoch_counts() {
        let mut features = Features::default();
        let rows = [
            ("a broker that does not know", told(-1, 9), None, None),
            ("the first", told(0, 1), Some(0), Some(1)),
            ("newer", told(7, 2), Some(7), Some(2)),
            ("a broker that lags behind", told(6, 1), Some(7), Some(2)),
            ("the same again", told(7, 2), Some(7), Some(2)),
        ];
        for (name, told, epoch, level) in rows {
            features.update(&told);
            assert_eq!((features.epoch(), features.level("transaction.version")), (epoch, level), "{name}");
        }
        assert_eq!(features.level("other"), None);
    }
}
