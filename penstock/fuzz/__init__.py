"""The life of a deal in any order: the contracts and the exact model beside each other, and people who mean no good."""
