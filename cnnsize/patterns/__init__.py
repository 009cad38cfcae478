"""Families of networks: members, boundaries, matching, fitting inputs."""
