"""The loop, measured: a stream of labelled pictures played through the real services.

Pictures are handed in, classified and queued as anybody's; simulated reviewers answer what the
queue gives them; retrainings, the gate and promotions are the real ones. Only the workers are
missing: what they would take from the queue is done here, one after the other.
"""
