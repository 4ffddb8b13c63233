# The server: the gateway, or one subgraph alone (`serve memory`). Built from the root of the repository.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build:tsc && npm prune --omit=dev && rm -rf e2e bench examples \
  && find packages subgraphs gateway sdk -path '*/node_modules' -prune -o \( -name src -o -name '*.tsbuildinfo' \) -exec rm -rf {} +

FROM node:22-bookworm-slim
# git: projects are registered from Git URLs.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git && rm -rf /var/lib/apt/lists/* \
  && mkdir /data && chown node:node /data
WORKDIR /app
COPY --from=build /app ./
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 AGENTOS_DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 4000
ENTRYPOINT ["node", "gateway/dist/main.js"]
