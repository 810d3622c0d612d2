"""`make timing`: whether time tells who has an account."""
