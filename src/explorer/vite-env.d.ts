/** Style sheets that components bring; Vite gathers them into one file. */
declare module '*.css';
