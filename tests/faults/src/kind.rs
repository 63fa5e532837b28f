/// A sort of write: its endpoint, its flow, and where its effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An item enters.
    Item,
    /// A purchase.
    Buy,
    /// A sale.
    Sell,
    /// A loan.
    Pawn,
}

impl Kind {
    /// Every sort.
    pub const ALL: [Self; 4] = [Self::Item, Self::Buy, Self::Sell, Self::Pawn];

    /// Where it is posted.
    pub fn path(self) -> &'static str {
        match self {
            Self::Item => "/item/add",
            Self::Buy => "/item/action/buy",
            Self::Sell => "/item/action/sell",
            Self::Pawn => "/item/action/pawn",
        }
    }

    /// The flow that carries it.
    pub fn flow(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Buy => "buy-actions",
            Self::Sell => "sell-actions",
            Self::Pawn => "pawn-actions",
        }
    }

    /// The collection that shows it.
    pub fn collection(self) -> &'static str {
        match self {
            Self::Item => "items",
            Self::Buy => "buys",
            Self::Sell => "sells",
            Self::Pawn => "pawns",
        }
    }
}
