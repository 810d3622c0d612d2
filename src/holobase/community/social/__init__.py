"""What people do together: posts, comments, likes, follows."""
