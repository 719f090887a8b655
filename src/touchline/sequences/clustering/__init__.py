"""Clusters of journeys: features, k-means, the number of clusters, their names, and rules that find them again.

A fit needs all customers at once, unlike the other questions; it is made on a sample that their keys choose.
"""
