"""Result in, picture out: pure functions that compute nothing. ``theme`` alone knows colours and fonts."""
