"""What structurers ask of a deal: figures of a run by tranche, the debt that a case bears, holdings of many deals."""
