# The sandbox image for python, where an image registry can be reached; scripts/sandbox-images.mjs builds the same from Debian packages.
FROM python:3.13-slim-bookworm
# No way up to root: a program that finds a hole in a setuid binary finds none.
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
  && rm -rf /var/lib/apt /var/cache/* /var/log/* \
  && mkdir -p /work && chown 65534:65534 /work
ENV LANG=C.UTF-8 HOME=/work
WORKDIR /work
USER 65534:65534
CMD ["/bin/bash"]
